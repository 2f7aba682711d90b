import { expect, test } from "vitest";
import type { FaceList } from "../../api/photos";
import { boxOf, nearestFace } from "./faces";

const face = (box: [number, number, number, number]) => ({ box, landmarks: [], score: 1 });
const small: FaceList = {
  faces: [face([10, 20, 30, 60]), face([60, 20, 80, 60])],
  width: 100,
  height: 200,
};

test("a face's box is told in percent of the photo", () => {
  expect(boxOf(small, 0)).toEqual({ left: "10%", top: "10%", width: "20%", height: "20%" });
});

test("a face is found again in the photo at full size, in whatever order", () => {
  const full: FaceList = {
    faces: [face([602, 199, 801, 600]), face([101, 201, 302, 604])],
    width: 1000,
    height: 2000,
  };
  expect(nearestFace(small, 0, full)).toBe(1);
  expect(nearestFace(small, 1, full)).toBe(0);
});

test("where none is found the place stays what it was, and the service says so", () => {
  expect(nearestFace(small, 1, { faces: [], width: 1, height: 1 })).toBe(1);
});
