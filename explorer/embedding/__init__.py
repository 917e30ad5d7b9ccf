"""Turning images and label texts into unit vectors."""

from explorer.embedding.clip import DEFAULT_MODEL, DEFAULT_PRETRAINED, ClipModel
from explorer.embedding.crops import CropInspection, embed_crops
from explorer.embedding.images import Inspection, embed_images
from explorer.embedding.label_text import TextEncoder, class_means, class_vectors, joined
from explorer.embedding.lazy_clip import LazyClip
from explorer.embedding.own_vectors import OwnVectors, read_vectors
from explorer.embedding.streaming import ImageEncoder
from explorer.embedding.vector_store import VectorStore

__all__ = [
    "DEFAULT_MODEL",
    "DEFAULT_PRETRAINED",
    "ClipModel",
    "CropInspection",
    "ImageEncoder",
    "Inspection",
    "LazyClip",
    "OwnVectors",
    "TextEncoder",
    "VectorStore",
    "class_means",
    "class_vectors",
    "embed_crops",
    "embed_images",
    "joined",
    "read_vectors",
]
