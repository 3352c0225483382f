"""Where videos and pictures are kept."""

from tests.wanstudio.processes import settings


def test_a_bucket_takes_the_place_of_the_folder():
    storages = settings("STORAGES", AWS_STORAGE_BUCKET_NAME="videos", AWS_S3_REGION_NAME="eu-1")
    default = storages["default"]
    assert default["BACKEND"] == "generations.media.bucket.Bucket"
    assert default["OPTIONS"]["bucket_name"] == "videos"
    assert default["OPTIONS"]["querystring_auth"] is True
