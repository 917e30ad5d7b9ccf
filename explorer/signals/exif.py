"""What the camera wrote into an image file: when, with what and where it was taken."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from PIL import ExifTags

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PIL import Image

TIME, CAMERA, LATITUDE, LONGITUDE = "exif.time", "exif.camera", "exif.latitude", "exif.longitude"
"""Columns of what the camera wrote, and names of what is measured."""

_WRITTEN = "%Y:%m:%d %H:%M:%S"


class Capture(NamedTuple):
    """How an image was taken, as far as its file says so.

    Attributes:
        time: by the camera's own clock, without a zone.
        camera: maker and model.
        latitude: degrees, north of the equator positive.
        longitude: degrees, east of Greenwich positive.
    """

    time: datetime | None
    camera: str | None
    latitude: float | None
    longitude: float | None


_NOTHING = Capture(None, None, None, None)


def capture(image: Image.Image) -> Capture:
    """Read an opened image's EXIF; what is damaged or makes no sense counts as not there."""
    try:
        exif = image.getexif()
        if not exif:
            return _NOTHING
        shot, place = (exif.get_ifd(one) for one in (ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo))
    except Exception:  # noqa: BLE001 - damaged metadata raises nearly anything
        return _NOTHING
    base = ExifTags.Base
    latitude = _degrees(place, ExifTags.GPS.GPSLatitude, ExifTags.GPS.GPSLatitudeRef, "S", 90)
    longitude = _degrees(place, ExifTags.GPS.GPSLongitude, ExifTags.GPS.GPSLongitudeRef, "W", 180)
    is_known = latitude is not None and longitude is not None
    return Capture(
        _time(shot.get(base.DateTimeOriginal) or exif.get(base.DateTime)),
        _camera(exif.get(base.Make), exif.get(base.Model)),
        latitude if is_known else None,
        longitude if is_known else None,
    )


def _time(written: object) -> datetime | None:
    try:
        return datetime.strptime(_text(written), _WRITTEN)  # noqa: DTZ007 - cameras do not write a zone here
    except ValueError:
        return None


def _camera(maker: object, model: object) -> str | None:
    """Maker and model, the maker once where the model says it too."""
    made, named = _text(maker), _text(model)
    if not named or named.casefold().startswith(made.casefold()):
        return named or made or None
    return f"{made} {named}"


def _text(written: object) -> str:
    return written.replace("\0", " ").strip() if isinstance(written, str) else ""


def _degrees(place: Mapping[int, object], tag: int, side: int, negative: str, most: int) -> float | None:
    """Degrees, minutes and seconds as one number."""
    try:
        degrees, minutes, seconds = (float(part) for part in place[tag])  # type: ignore[attr-defined]
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    found = degrees + minutes / 60 + seconds / 3600
    if not 0 <= found <= most:  # NaN neither
        return None
    return -found if _text(place.get(side)).upper().startswith(negative) else found
