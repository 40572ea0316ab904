"""The collection: documents on disk, the folders it remembers, how both are kept alike."""
