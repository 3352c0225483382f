"""Files: videos, their posters and stories, pictures to start from, and how they are stored."""

from generations.decoders.facts import VideoFacts
from generations.media.conversion import ConversionError, animate, join
from generations.media.images import (
    InvalidImageError,
    Picture,
    check_picture,
    shrink_picture,
    small,
)
from generations.media.mp4_metadata import read_story, with_story
from generations.media.storage import (
    PARTS,
    DiskFullError,
    can_write,
    disk_shortage,
    free_bytes,
    is_own,
    keeps_reserve,
    local_file,
    parts_directory,
    remove_stray_parts,
    save_bytes,
    save_file,
    temporary_path,
)
from generations.media.video import InvalidVideoError, faststart, frame_png, poster, probe, sha256

__all__ = [
    "PARTS",
    "ConversionError",
    "InvalidImageError",
    "DiskFullError",
    "InvalidVideoError",
    "Picture",
    "VideoFacts",
    "animate",
    "can_write",
    "check_picture",
    "faststart",
    "frame_png",
    "free_bytes",
    "disk_shortage",
    "is_own",
    "join",
    "keeps_reserve",
    "local_file",
    "parts_directory",
    "poster",
    "probe",
    "read_story",
    "remove_stray_parts",
    "save_bytes",
    "save_file",
    "sha256",
    "shrink_picture",
    "small",
    "temporary_path",
    "with_story",
]
