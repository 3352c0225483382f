"""A download has a name; without metadata it is the stored file."""

from tests.factory import content_of


def test_a_download_carries_a_name_and_plain_is_byte_for_byte(reader, make_generation):
    row = make_generation("succeeded")
    response = reader.get(f"/v/{row.pk}/download/?plain")
    assert b"".join(response.streaming_content) == content_of(row.video.name)
    assert 'filename="a-fox-in-the-snow-832x480-' in response["Content-Disposition"]
