"""S3 says that an image has come: put a smaller copy of it into another bucket."""

import io
import json
import os
from urllib.parse import unquote_plus

import boto3
from PIL import Image, ImageOps, UnidentifiedImageError

s3 = boto3.client("s3")
FORMATS = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "GIF": "image/gif"}
Image.MAX_IMAGE_PIXELS = 50_000_000  # beyond it, a small file may want all the memory that there is


def handler(event, _context):
    return {"thumbnails": [copy(record["s3"]) for record in event.get("Records", []) if "s3" in record]}


def copy(found):
    """The copy has the image's key. The same image makes the same copy, so an event that comes twice does no harm."""
    bucket, key = found["bucket"]["name"], unquote_plus(found["object"]["key"])
    version = {"VersionId": found["object"]["versionId"]} if found["object"].get("versionId") else {}
    image = s3.get_object(Bucket=bucket, Key=key, **version)["Body"].read()
    try:
        kind, content = smaller(image, int(os.environ.get("LARGEST_SIDE", "200")))
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError) as error:
        # Trying again would not help, so it is said and left.
        print(
            json.dumps(
                {"level": "ERROR", "message": "this is no image", "bucket": bucket, "key": key, "error": str(error)}
            )
        )
        return None
    s3.put_object(Bucket=os.environ["THUMBNAILS"], Key=key, Body=content, ContentType=FORMATS[kind])
    print(
        json.dumps(
            {"level": "INFO", "message": "thumbnail made", "key": key, "bytes": len(image), "after": len(content)}
        )
    )
    return key


def smaller(image, side):
    """(format, content) of an image whose longer side is at most so many pixels, the right way up."""
    with Image.open(io.BytesIO(image)) as opened:
        kind = opened.format if opened.format in FORMATS else "PNG"
        result = ImageOps.exif_transpose(opened)
        result.thumbnail((side, side))
        if kind == "JPEG" and result.mode not in ("RGB", "L"):
            result = result.convert("RGB")
        output = io.BytesIO()
        result.save(output, kind)
        return kind, output.getvalue()
