"""The origins of a bucket's files, for the content-security policy."""

from urllib.parse import urlsplit


def bucket_origins(bucket: str, *, endpoint: str, region: str, style: str) -> list[str]:
    """Every origin that a signed link to `bucket` may have: a host of its own, or a path on S3's.

    `style` is `path`, `virtual` or "" (the SDK chooses). Others' buckets share a path's host, so
    it is listed only where links use it.
    """
    scheme, hosts = "https", ["s3.amazonaws.com"]
    if endpoint:
        parts = urlsplit(endpoint)
        scheme, hosts = parts.scheme, [parts.netloc]
    elif region:
        hosts.append(f"s3.{region}.amazonaws.com")
    by_path = style == "path" or "." in bucket or (endpoint and style != "virtual")
    origins = [f"{scheme}://{host}" for host in hosts] if by_path else []
    if style != "path" and "." not in bucket:
        origins += [f"{scheme}://{bucket}.{host}" for host in hosts]
    return origins
