"""The networks that find faces, on OpenVINO: CenterFace in a picture, MTCNN's O-Net for the landmarks of one face.

Their files are in weights/, with where they come from; nothing is fetched when the service runs.
"""

from pathlib import Path
from queue import LifoQueue
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

WEIGHTS = Path(__file__).with_name("weights")

Floats = NDArray[np.float32]
Pixels = NDArray[np.uint8]

SIDE = 48  # pixels of O-Net's square picture
_STRIDE = 4  # pixels of CenterFace's picture for each cell of its output
_OVERLAP = 0.3  # boxes that share more than this of their union are of one face
_MIRRORED = [1, 0, 2, 4, 3]  # which landmark each is in a mirror


class Detections(NamedTuple):
    """Of n faces, in pixels of the picture (its left border is 0, its right one its width).

    Attributes:
        boxes: (n, 4): left, top, right, bottom.
        landmarks: (n, 5, 2): x, y of the eyes, the nose and the corners of the mouth; of pairs, the left in the picture
            first.
        scores: (n,) in [0, 1].
    """

    boxes: Floats
    landmarks: Floats
    scores: Floats

    def take(self, chosen: NDArray[np.intp]) -> "Detections":
        """Some of the faces, by index."""
        return Detections(self.boxes[chosen], self.landmarks[chosen], self.scores[chosen])


class Detector:
    """CenterFace, to be called from any thread; as many pictures at once as it has streams."""

    def __init__(self, streams: int) -> None:
        self._network = _Network("centerface.onnx", (1, 3, -1, -1), streams)

    def detect(self, picture: Pixels, canvas: tuple[int, int], least: float) -> Detections:
        """Faces whose score is at least `least` in an RGB picture (H, W, 3), the likeliest first, each once.

        Args:
            canvas: (width, height), multiples of 32; the picture lies in its upper left corner, the rest is black.
        """
        height, width = picture.shape[:2]
        padded = np.zeros((1, 3, canvas[1], canvas[0]), np.float32)
        padded[0, :, :height, :width] = picture.transpose(2, 0, 1)
        heat, scale, offset, points = (output[0] for output in self._network.run(padded))
        found = _decode(heat[0], scale, offset, points, least)
        return found.take(distinct(found.boxes, found.scores, _OVERLAP))


class Landmarker:
    """O-Net, to be called from any thread; as many faces at once as it has streams."""

    def __init__(self, streams: int) -> None:
        self._network = _Network("onet.onnx", (2, SIDE, SIDE, 3), streams)

    def locate(self, face: Pixels) -> tuple[Floats, float]:
        """The landmarks (5, 2) of the upright face that fills an RGB picture (SIDE, SIDE, 3), and a score in [0, 1].

        The mean of what is seen in the picture and in its mirror image, which is steadier than either.
        """
        both = (np.stack([face, face[:, ::-1]]).astype(np.float32) - 127.5) / 128
        _, points, scores = self._network.run(np.ascontiguousarray(both.transpose(0, 2, 1, 3)))  # it wants x before y
        straight, mirrored = points.reshape(2, 2, 5).transpose(0, 2, 1)
        back = mirrored[_MIRRORED] * (-1, 1) + (1, 0)
        return ((straight + back) * (SIDE / 2)).astype(np.float32), float(scores[:, 1].mean())


class _Network:
    """An ONNX file compiled for this CPU. Each stream is one thread, so that bits depend on nothing else that runs."""

    def __init__(self, file: str, shape: tuple[int, ...], streams: int) -> None:
        from training.offline import openvino as ov  # takes a second to import

        core = ov.Core()
        model = core.read_model(WEIGHTS / file)
        model.reshape({0: ov.PartialShape(list(shape))})
        properties = {
            "NUM_STREAMS": streams,
            "INFERENCE_NUM_THREADS": streams,
            "INFERENCE_PRECISION_HINT": "f32",
            "ENABLE_CPU_PINNING": False,  # the codec's threads and other processes have these cores too
        }
        compiled = core.compile_model(model, "CPU", properties)
        self._requests: LifoQueue[ov.InferRequest] = LifoQueue()
        for _ in range(streams):
            self._requests.put(compiled.create_infer_request())

    def run(self, images: Floats) -> list[Floats]:
        """The outputs; waits while all streams are taken."""
        request = self._requests.get()
        try:
            request.infer([images], share_inputs=True)
            return [output.data.copy() for output in request.output_tensors]
        finally:
            self._requests.put(request)


def _decode(heat: Floats, scale: Floats, offset: Floats, points: Floats, least: float) -> Detections:
    """Faces from CenterFace's maps (h, w) of scores, (2, h, w) log sizes and shifts, (10, h, w) landmarks; y first."""
    rows, columns = np.nonzero(heat >= least)
    size = np.exp(scale[:, rows, columns]) * _STRIDE
    centre = (np.stack([rows, columns]) + offset[:, rows, columns] + 0.5) * _STRIDE
    corner = centre - size / 2
    landmarks = points[:, rows, columns].reshape(5, 2, -1) * size + corner  # they come as shares of the box
    boxes = np.concatenate([corner[::-1], (corner + size)[::-1]]).T
    return Detections(
        boxes.astype(np.float32), landmarks[:, ::-1].transpose(2, 0, 1).astype(np.float32), heat[rows, columns]
    )


def distinct(boxes: Floats, scores: Floats, most: float) -> NDArray[np.intp]:
    """The indices of `boxes`, likeliest first, without those that overlap a likelier one by more than `most`."""
    left, top, right, bottom = boxes.T
    area = (right - left) * (bottom - top)
    waiting, kept = np.argsort(-scores, kind="stable"), []
    while waiting.size:
        first, rest = waiting[0], waiting[1:]
        kept.append(first)
        width = np.minimum(right[first], right[rest]) - np.maximum(left[first], left[rest])
        height = np.minimum(bottom[first], bottom[rest]) - np.maximum(top[first], top[rest])
        shared = width.clip(0) * height.clip(0)
        waiting = rest[shared <= most * (area[first] + area[rest] - shared)]
    return np.array(kept, np.intp)
