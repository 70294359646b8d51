"""Pages, batches, attachments, bodies, downloads. They take callables, and know no HTTP library and no operation."""
