"""What each operation does to the books. Rules know no HTTP: they take a Call, give an answer, or refuse."""
