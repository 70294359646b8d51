"""The customer portal: single sign-on, published keys and plans."""
