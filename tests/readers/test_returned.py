"""What labelling tools write when they hand labels back: their own forms, as their own programs write them."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from explorer.data.labelled_images import Region
from explorer.errors import SourceError
from explorer.readers.documents import MOST_MEGABYTES
from explorer.readers.returned import FORMS, read_returned
from explorer.readers.shapes import MOST_POINTS

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.data.labelled_images import LabelledImage

RECTANGLE = {"x": 50.8, "y": 5.86, "width": 12.4, "height": 10.45, "rotation": 0, "rectanglelabels": ["größe 猫"]}


def _annotation(*values: dict[str, Any], **facts: Any) -> dict[str, Any]:
    """An annotation as Label Studio 1.x exports it."""
    results = [
        {
            "original_width": 600,
            "original_height": 403,
            "image_rotation": 0,
            "value": value,
            "id": f"Dx_aB91IS{number}",
            "from_name": "label",
            "to_name": "image",
            "type": next(name for name in value if name.endswith(("labels", "choices"))),
            "origin": "manual",
        }
        for number, value in enumerate(values)
    ]
    return {
        "id": 1001,
        "completed_by": {"id": 7, "email": "eva@example.org", "first_name": "", "last_name": ""},
        "result": results,
        "was_cancelled": False,
        "ground_truth": False,
        "created_at": "2026-03-09T22:16:08.728353Z",
        "updated_at": "2026-03-09T22:16:08.728378Z",
        "draft_created_at": None,
        "lead_time": 4.288,
        "prediction": {},
        "result_count": len(results),
        "unique_id": "6f4fd2f1",
        "task": 1,
        "project": 83,
        **facts,
    }


def _task(*annotations: dict[str, Any], **data: Any) -> dict[str, Any]:
    return {
        "id": 1,
        "annotations": list(annotations),
        "file_upload": "3fa2b1c0-größe.png",
        "drafts": [],
        "predictions": [],
        "data": {"image": "/data/upload/83/3fa2b1c0-gr%C3%B6%C3%9Fe.png", **data},
        "meta": {},
        "created_at": "2026-03-09T21:52:49.513742Z",
        "updated_at": "2026-03-09T22:16:08.746926Z",
        "inner_id": 1,
        "total_annotations": len(annotations),
        "cancelled_annotations": 0,
        "project": 83,
    }


def _images(folder: Path, content: object, name: str = "project-83-at-2026.json") -> list[LabelledImage]:
    file = folder / name
    file.write_text(json.dumps(content), "utf-8")
    return read_returned(file).content.images


def test_label_studio_says_boxes_in_percent_and_who_drew_them(tmp_path: Path) -> None:
    (image,) = _images(tmp_path, [_task(_annotation(RECTANGLE), id="a.png", digest="ab" * 32)])
    assert (image.id, image.digest, image.by) == ("a.png", "ab" * 32, "eva@example.org")
    assert (image.path, image.size) == ("/data/upload/83/3fa2b1c0-größe.png", (100, 100))
    assert image.regions == (Region("größe 猫", (50.8, 5.86, 12.4, 10.45), "Dx_aB91IS0"),)


def test_label_studio_says_choices(tmp_path: Path) -> None:
    (image,) = _images(tmp_path, [_task(_annotation({"choices": ["Bag"]}))])
    assert image.regions == (Region("Bag", None, "Dx_aB91IS0"),)
    assert not read_returned(tmp_path).content.has_boxes


def test_a_task_that_nobody_annotated_has_no_answer_and_an_empty_annotation_is_one(tmp_path: Path) -> None:
    skipped = _annotation(RECTANGLE, was_cancelled=True)
    images = _images(tmp_path, [_task(), _task(skipped), _task(_annotation())])
    assert [(image.answered, image.regions) for image in images] == [(False, ()), (False, ()), (True, ())]


def test_of_several_annotations_ground_truth_then_the_newest_is_used_and_that_is_listed(tmp_path: Path) -> None:
    old = _annotation({"choices": ["Bag"]})
    new = _annotation({"choices": ["Coat"]}, updated_at="2026-03-10T08:00:00Z", completed_by=8)
    star = _annotation({"choices": ["Boot"]}, ground_truth=True)
    images = _images(tmp_path, [_task(new, old), _task(new, star, old)])
    assert [image.regions[0].label for image in images] == ["Coat", "Boot"]
    assert [one.reason for one in read_returned(tmp_path).content.skipped] == [
        "2 annotations; the one of 8 is used, the others are not",
        "3 annotations; the one of eva@example.org is used, the others are not",
    ]


def test_label_studio_turned_boxes_and_polygons_become_the_boxes_around_them(tmp_path: Path) -> None:
    """Label Studio turns clockwise around the top left corner, in pixels of the image."""
    turned = {"x": 50, "y": 50, "width": 10, "height": 20, "rotation": 90, "rectanglelabels": ["a"]}
    square = {"original_width": 200, "original_height": 100}
    annotation = _annotation(turned, {"points": [[10, 10], [30, 12], [20, 40]], "polygonlabels": ["b"]})
    annotation["result"] = [{**one, **square} for one in annotation["result"]]
    (image,) = _images(tmp_path, [_task(annotation)])
    assert image.regions[0].box == pytest.approx((40, 50, 10, 20)), "20 x 20 pixels at 100, 50"
    assert image.regions[1].box == (10, 10, 20, 30)
    assert len(read_returned(tmp_path).content.skipped) == 2


@pytest.mark.parametrize(
    ("value", "facts", "said"),
    [
        ({**RECTANGLE, "rectanglelabels": ["a", "b"]}, {}, "a region has 2 labels"),
        ({**RECTANGLE, "x": "left"}, {}, "no box of four numbers"),
        ({**RECTANGLE, "width": -1}, {}, "negative size"),
        (RECTANGLE, {"image_rotation": 90}, "its image was turned"),
        ({"format": "rle", "rle": [1, 2], "brushlabels": ["a"]}, {}, "brushlabels, which has no box"),
        ({"choices": ["Bag", "Coat"]}, {}, "a region has 2 labels"),
        ({"points": [[1, 1]] * (MOST_POINTS + 1), "polygonlabels": ["a"]}, {}, "a polygon has 100,001 points"),
    ],
)
def test_what_label_studio_says_and_cannot_be_used_is_listed(
    tmp_path: Path, value: dict[str, Any], facts: dict[str, Any], said: str
) -> None:
    annotation = _annotation(value)
    annotation["result"][0] |= facts
    (image,) = _images(tmp_path, [_task(annotation)])
    assert image.regions == ()
    assert said in read_returned(tmp_path).content.skipped[0].reason


def test_json_min_has_an_entry_for_each_annotation(tmp_path: Path) -> None:
    """Its `id` is the task's number, so that ours is gone; the digest is there still."""
    facts = {"annotator": 7, "created_at": "2026-03-09T22:16:08Z", "lead_time": 4.2}
    shape = {**RECTANGLE, "original_width": 600, "original_height": 403}
    first = {"image": "/data/local-files/?d=home/a%20b.png", "id": 1, "digest": "ab" * 32}
    images = _images(
        tmp_path,
        [
            {**first, "label": [shape], "annotation_id": 5, "updated_at": "2026-03-10", **facts},
            {**first, "label": [], "annotation_id": 4, "updated_at": "2026-03-09", **facts},
            {"image": "/data/upload/1/b.png", "id": 2, "annotation_id": None, "updated_at": None, **facts},
            {"image": "c.png", "id": 3, "label": "Bag", "annotation_id": 6, "updated_at": "2026-03-09", **facts},
        ],
    )
    assert [(image.id, image.path, image.answered) for image in images] == [
        ("", "home/a b.png", True),
        ("", "/data/upload/1/b.png", False),
        ("", "c.png", True),
    ]
    assert images[0].regions == (Region("größe 猫", (50.8, 5.86, 12.4, 10.45)),)
    assert (images[0].digest, images[0].by, images[2].regions) == ("ab" * 32, "7", (Region("Bag"),))


CVAT = """<?xml version="1.0" encoding="utf-8"?>
<annotations>
  <version>1.1</version>
  <meta>
    <task>
      <id>12</id><name>boots</name><size>3</size><mode>annotation</mode><overlap>0</overlap>
      <labels>
        <label><name>gr&#246;&#223;e</name><color>#fa3253</color><type>{kind}</type>
          <attributes><attribute><name>edgecase_id</name><mutable>False</mutable><input_type>text</input_type>
            <default_value></default_value><values></values></attribute></attributes></label>
      </labels>
      <segments><segment><id>33548</id><start>0</start><stop>2</stop></segment></segments>
      <owner><username>eva</username><email/></owner>
    </task>
    <dumped>2026-08-11 03:45:18.553526+00:00</dumped>
  </meta>
{images}
</annotations>
"""


def _cvat(folder: Path, images: str, kind: str = "rectangle") -> Path:
    file = folder / "annotations.xml"
    file.write_text(CVAT.format(kind=kind, images=images), "utf-8")
    return file


def test_cvat_says_boxes_by_their_corners_with_what_they_were_called(tmp_path: Path) -> None:
    file = _cvat(
        tmp_path,
        """<image id="0" name="01.jpg" width="200" height="100">
             <box label="größe" source="manual" occluded="0" xtl="10.50" ytl="20.00" xbr="30.00" ybr="50.25"
               z_order="0"><attribute name="edgecase_id">gt:1</attribute>
             </box>
             <box label="größe" source="manual" xtl="100" ytl="40" xbr="140" ybr="60" rotation="90.00" z_order="0"/>
             <polygon label="größe" source="manual" occluded="0" points="1.00,2.00;30.00,4.00;5.00,60.50" z_order="0"/>
             <points label="größe" source="manual" points="3.00,4.00" z_order="0"/>
           </image>
           <image id="1" name="a/02.jpg" width="200" height="100"></image>""",
    )
    content = read_returned(file).content
    assert content.has_boxes
    first, second = content.images
    assert (first.path, first.size) == ("01.jpg", (200, 100))
    assert first.regions[0] == Region("größe", (10.5, 20, 19.5, 30.25), "gt:1")
    assert first.regions[1].box == pytest.approx((110, 30, 20, 40)), "turned around its centre"
    assert first.regions[2].box == (1, 2, 29, 58.5)
    assert (second.path, second.regions, second.answered) == ("a/02.jpg", (), True)
    assert [one.reason.split(" ")[1] for one in content.skipped] == ["turned", "polygon", "shape"]


def test_cvat_says_tags(tmp_path: Path) -> None:
    tag = '<tag label="größe" source="manual"><attribute name="edgecase_id">x.png</attribute></tag>'
    image = '<image id="0" name="01.jpg" width="2" height="1">{}</image>'
    content = read_returned(_cvat(tmp_path, image.format(tag) + image.format(""), "tag")).content
    assert not content.has_boxes
    assert [(one.id, one.regions) for one in content.images] == [
        ("x.png", (Region("größe", None, "x.png"),)),
        ("", ()),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('<!DOCTYPE a [<!ENTITY lol "lol">]><annotations><image name="&lol;"/></annotations>', "a document type"),
        ('<!DOCTYPE a SYSTEM "file:///etc/passwd"><annotations/>', "a document type"),
        ("<annotations>" + "<image>" * 500, "nested too deeply"),
        ("<annotations><image name='a'>", "no element found|unclosed"),
        ('<annotations><image name="a">&nothing;</image></annotations>', "undefined entity"),
        ("<annotations><track id='0'/></annotations>", "found that for video"),
    ],
)
def test_xml_that_could_do_harm_or_is_none_is_refused(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "annotations.xml"
    file.write_text(text, "utf-8")
    with pytest.raises(SourceError, match=said):
        read_returned(file)


def test_a_huge_polygon_is_left_out(tmp_path: Path) -> None:
    points = ";".join(["1,2"] * (MOST_POINTS + 1))
    shape = f'<polygon label="a" points="{points}"/>'
    content = read_returned(_cvat(tmp_path, f'<image name="1.png" width="9" height="9">{shape}</image>')).content
    assert content.images[0].regions == ()
    assert "more than 100,000 points" in content.skipped[0].reason


def test_coco_says_boxes_and_does_not_pass_its_numbers_for_ids(tmp_path: Path) -> None:
    content = {
        "images": [
            {"id": 0, "file_name": "a.png", "width": 20, "height": 10},
            {"id": 1, "file_name": "b.png", "edgecase": {"id": "train/b.png", "digest": "cd" * 32}},
        ],
        "annotations": [
            {"id": 0, "image_id": 0, "category_id": 0, "bbox": [1, 2, 3, 4.5], "segmentation": [], "iscrowd": 0},
            {"id": 1, "image_id": 1, "category_id": 0, "bbox": [1, 2, 3, 4], "edgecase": {"id": "gt:9"}},
            {"id": 2, "image_id": 1, "category_id": 5, "bbox": [1, 2, 3, 4]},
            {"id": 3, "image_id": 7, "category_id": 0, "bbox": [1, 2, 3, 4]},
            {"id": 4, "image_id": 1, "category_id": 0, "bbox": [1, 2, 3]},
        ],
        "categories": [{"id": 0, "name": "größe"}],
    }
    first, second = _images(tmp_path, content, "result.json")
    assert (first.id, first.path, first.size) == ("", "a.png", (20, 10))
    assert first.regions == (Region("größe", (1, 2, 3, 4.5)),)
    assert (second.id, second.digest, second.size) == ("train/b.png", "cd" * 32, None)
    assert second.regions == (Region("größe", (1, 2, 3, 4), "gt:9"),)
    assert len(read_returned(tmp_path).content.skipped) == 3


def test_yolo_says_boxes_in_shares_by_the_name_of_the_label_file(tmp_path: Path) -> None:
    """As Label Studio and CVAT write it: names one a line, label files without the images, and lists of images."""
    for folder in ("labels", "obj_train_data"):
        (tmp_path / folder).mkdir()
    (tmp_path / "classes.txt").write_text("größe\nb\n", "utf-8")
    (tmp_path / "notes.json").write_text("{}")
    (tmp_path / "train.txt").write_text("data/obj_train_data/1.png\n")
    (tmp_path / "labels" / "3fa2b1c0-a.txt").write_text("0 0.5 0.5 0.25 0.5\n9 0 0 0 0\n")
    (tmp_path / "obj_train_data" / "empty.txt").write_text("")
    returned = read_returned(tmp_path)
    assert returned.form == "yolo"
    first, second = returned.content.images
    assert (first.path, first.size) == ("images/3fa2b1c0-a", (1, 1))
    assert first.regions == (Region("größe", (0.375, 0.25, 0.25, 0.5)),)
    assert (second.path, second.regions, second.answered) == ("obj_train_data/empty", (), True)
    assert "class 9 is not known" in returned.content.skipped[0].reason


def test_a_manifest_of_ours_beside_the_labels_says_whose_they_are(tmp_path: Path) -> None:
    """Files in a YOLO export are numbered where names are the same."""
    (tmp_path / "labels" / "train").mkdir(parents=True)
    (tmp_path / "data.yaml").write_text("names: [a]\ntrain: images/train\n")
    (tmp_path / "labels" / "train" / "1-2.txt").write_text("")
    said = {"id": "b/1.png", "digest": "cd" * 32, "exported_as": "images/train/1-2.png"}
    (tmp_path / "manifest.json").write_text(json.dumps({"format": "export 2", "images": [said, {"id": 7}]}))
    (image,) = read_returned(tmp_path).content.images
    assert (image.id, image.digest) == ("b/1.png", "cd" * 32)
    (tmp_path / "manifest.json").write_text('{"images": [')
    assert read_returned(tmp_path).content.images[0].id == ""


def test_a_table_says_labels_by_id_path_or_digest(tmp_path: Path) -> None:
    file = tmp_path / "back.csv"
    file.write_text("id,image,label,digest\na,x/1.png,'=猫,ab\nb,2.png,,\n", "utf-8")
    first, second = read_returned(file).content.images
    assert (first.id, first.path, first.digest) == ("a", "x/1.png", "ab")
    assert first.regions == (Region("=猫"),), "the apostrophe is what keeps a spreadsheet from running it"
    assert (second.id, second.answered) == ("b", False)


def test_folders_of_images_say_their_class_and_images_are_known_by_content(tmp_path: Path) -> None:
    import hashlib

    for name, content in (("boot/1.png", b"one"), ("größe/2.png", b"two")):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_bytes(content)
    returned = read_returned(tmp_path)
    assert returned.form == "folder"
    assert [(image.digest, image.regions) for image in returned.content.images] == [
        (hashlib.sha256(b"one").hexdigest(), (Region("boot"),)),
        (hashlib.sha256(b"two").hexdigest(), (Region("größe"),)),
    ]


_ELLIPSE = {"x": 1, "y": 1, "radiusX": 1, "radiusY": 1, "ellipselabels": ["a"]}
_WHOLE_CVAT = '<image name="b" width="9" height="9"><box label="a" xtl="1" ytl="1" xbr="2" ybr="2"/></image>'
_UNREAD = {
    "Label Studio": ("t.json", json.dumps([_task(_annotation(_ELLIPSE, RECTANGLE)), _task(_annotation(RECTANGLE))])),
    "its short form": (
        "t.json",
        json.dumps(
            [
                {"image": "a.png", "id": 1, "annotation_id": 1, "lead_time": 1, "label": [_ELLIPSE, RECTANGLE]},
                {"image": "b.png", "id": 2, "annotation_id": 2, "lead_time": 1, "label": [RECTANGLE]},
            ]
        ),
    ),
    "CVAT": (
        "t.xml",
        f"<annotations>{_WHOLE_CVAT.replace('<box', '<ellipse/><box')}{_WHOLE_CVAT}</annotations>",
    ),
    "COCO": (
        "t.json",
        json.dumps(
            {
                "images": [{"id": 1, "file_name": "a.png"}, {"id": 2, "file_name": "b.png"}],
                "annotations": [
                    {"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 1, 1, 1]},
                    {"id": 2, "image_id": 1, "category_id": 9, "bbox": [1, 1, 1, 1]},
                    {"id": 3, "image_id": 2, "category_id": 1, "bbox": [1, 1, 1, 1]},
                ],
                "categories": [{"id": 1, "name": "a"}],
            }
        ),
    ),
    "FiftyOne": (
        "t.json",
        json.dumps(
            {
                "samples": [
                    {
                        "filepath": "a.png",
                        "ground_truth": {
                            "_cls": "Detections",
                            "detections": [{"label": "a", "bounding_box": [0, 0, 1, 1]}, {"label": "a"}],
                        },
                    },
                    {
                        "filepath": "b.png",
                        "ground_truth": {
                            "_cls": "Detections",
                            "detections": [{"label": "a", "bounding_box": [0, 0, 1, 1]}],
                        },
                        "v1": {"_cls": "Detections", "detections": [{"label": "a"}]},
                    },
                ]
            }
        ),
    ),
    "table": ("t.csv", "sample,label,x,y,width,height\na.png,a,1,1,1,1\na.png,,1,1,1,1\nb.png,a,1,1,1,1\n"),
}


@pytest.mark.parametrize("form", _UNREAD)
def test_an_image_with_a_shape_that_is_left_out_says_so(form: str, tmp_path: Path) -> None:
    """Of two images the first has a box and something else; of a model's predictions nothing is to be told."""
    name, content = _UNREAD[form]
    (tmp_path / name).write_text(content, "utf-8")
    images = read_returned(tmp_path / name).content.images
    assert [(len(image.regions), image.unread) for image in images] == [(1, True), (1, False)]


def test_yolo_says_which_images_have_lines_that_are_left_out_and_leaves_out_files_that_cannot_be_read(
    tmp_path: Path,
) -> None:
    (tmp_path / "classes.txt").write_text("a\n")
    (tmp_path / "a.txt").write_text("0 0.5 0.5 0.25 0.5\n9 0.5 0.5 0.25 0.5\n")
    (tmp_path / "b.txt").write_text("0 0.5 0.5 0.25 0.5\n")
    with (tmp_path / "c.txt").open("wb") as large:
        large.truncate((MOST_MEGABYTES["text"] + 1) * 2**20)
    content = read_returned(tmp_path).content
    assert sorted((image.path, image.unread) for image in content.images) == [("a", True), ("b", False)]
    assert len(content.skipped) == 2


def _zip(folder: Path, files: dict[str, str]) -> Path:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    (folder / "back.zip").write_bytes(buffer.getvalue())
    return folder / "back.zip"


def test_a_zip_is_read_as_the_folder_in_it(tmp_path: Path) -> None:
    tasks = json.dumps([_task(_annotation({"choices": ["Bag"]}))])
    returned = read_returned(_zip(tmp_path, {"job 7/result.json": tasks, "job 7/images/1.png": "no image"}))
    assert (returned.form, returned.path) == ("label-studio", tmp_path / "back.zip")
    assert len(returned.content.images) == 1


def test_a_zip_that_reaches_out_of_its_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="below a folder"):
        read_returned(_zip(tmp_path, {"../evil.json": "[]"}))
    assert not (tmp_path.parent / "evil.json").exists()


def test_a_zip_bomb_is_refused(tmp_path: Path) -> None:
    """More than a hundred times its size: no labels are so much alike."""
    with pytest.raises(SourceError, match="it would unpack to"):
        read_returned(_zip(tmp_path, {"a.json": " " * 200_000_000}))


@pytest.mark.parametrize("form", FORMS)
def test_nothing_of_a_form_is_said_so(form: str, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("nothing")
    with pytest.raises(SourceError, match=r"found none\. Known are label-studio, cvat"):
        read_returned(tmp_path, form)


def test_a_file_that_is_cut_off_says_where(tmp_path: Path) -> None:
    whole = json.dumps({"images": [{"id": 1, "file_name": "a.png"}], "annotations": [], "categories": []})
    (tmp_path / "a.json").write_text(whole[:30])
    with pytest.raises(SourceError, match=r"Expected a file in JSON at .*a\.json, found .*line 1 column"):
        read_returned(tmp_path / "a.json")


def test_several_files_of_labels_are_not_chosen_between(tmp_path: Path) -> None:
    for name in ("a.json", "b.json"):
        (tmp_path / name).write_text(json.dumps([_task()]))
    with pytest.raises(SourceError, match=r"found 2: a\.json, b\.json"):
        read_returned(tmp_path)
    assert len(read_returned(tmp_path / "a.json").content.images) == 1


def test_a_file_of_no_images_is_one(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("[]")
    assert read_returned(tmp_path / "a.json", "label-studio").content.images == []
