"""Files: videos, posters, metadata and start images, and how they are stored."""

from generations.media.conversion import ConversionError, convert
from generations.media.images import (
    InvalidImageError,
    Picture,
    check_picture,
    shrink_picture,
    small,
)
from generations.media.mp4_metadata import with_metadata
from generations.media.storage import (
    PARTS,
    DiskFullError,
    can_write,
    disk_shortage,
    free_bytes,
    is_own,
    keeps_reserve,
    local_file,
    remove_stray_parts,
    save_bytes,
    save_file,
    temporary_file,
    temporary_path,
)
from generations.media.video import (
    InvalidVideoError,
    VideoFacts,
    faststart,
    frame_png,
    poster,
    probe,
    probe_with_poster,
)
