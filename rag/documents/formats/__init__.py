"""One module for each kind of file: bytes to text and the offsets at which pages begin."""
