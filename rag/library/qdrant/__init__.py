"""The library that many share: on a Qdrant server, with permissions."""
