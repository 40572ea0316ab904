"""What a document, or a section of it, is about."""
