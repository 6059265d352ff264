"""Networks, their editions, and layers: files in, editions published, tiles and files out."""
