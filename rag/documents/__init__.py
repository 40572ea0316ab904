"""From files to the library: text, sentences, passages, words and vectors on disk."""
