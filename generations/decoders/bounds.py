"""What a picture may have, and what opening a file may cost."""

# Model Studio, image-to-video reference, 2026-02: each side 360 to 2000, up to 10 MB. Whether
# it counts 10**6 or 2**20 is not said; we take the larger and let the service have its word.
MIN_SIDE, MAX_SIDE = 360, 2000
MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 25_000_000  # that are made smaller here, which takes 4 bytes each and more

# A video of 4096x2304 takes 600 MB while it is looked at, a picture of 25 megapixels 450 MB.
MEMORY = 1024 * 1024 * 1024  # bytes of address space
PICTURE_SECONDS, VIDEO_SECONDS = 20, 300  # of a processor
