"""The limits of an image, and of the child process that opens a file."""

# Model Studio, image-to-video reference, 2026-02: each side 360 to 2000, up to 10 MB. The page does
# not say whether MB means 10**6 or 2**20. The larger value is used; the service may refuse the
# rest.
MIN_SIDE, MAX_SIDE = 360, 2000
MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 25_000_000  # of pictures that are made smaller here: each takes 4 bytes and more

# Checking a video of 4096x2304 takes 600 MB, checking a picture of 25 megapixels 450 MB.
MEMORY = 1024 * 1024 * 1024  # bytes of address space
PICTURE_SECONDS, VIDEO_SECONDS = 20, 300  # of processor time
