import { expect, test } from "vitest";
import { ApiError, canRetry } from "../../api/errors";
import {
  announcement,
  busyWith,
  cameraFailure,
  folderNote,
  readFailure,
  releaseName,
  seconds,
  switchText,
  toldHere,
} from "./words";

test("a switch says whether it is as in the photo or changed", () => {
  expect(switchText(true, 0.98, false)).toBe("Yes, as in the photo");
  expect(switchText(false, 0.02, false)).toBe("No, as in the photo");
  expect(switchText(false, 0.02, true)).toBe("Changed to yes");
});

test("a prediction near a coin's toss is told as a guess", () => {
  expect(switchText(true, 0.55, false)).toBe("Probably yes, as in the photo");
});

const idle = { isReading: false, isWorking: false, result: undefined, source: undefined };

test("what the page is doing is said before what it has done", () => {
  const result = { image: new Blob(), release: "r@1", milliseconds: 123 };
  expect(busyWith({ ...idle, isWorking: true })).toBe("Editing…");
  expect(announcement({ ...idle, isReading: true, result }, "Smiling")).toBe("Reading the photo…");
  expect(announcement({ ...idle, result }, "Smiling")).toBe("Edited: Smiling. It took 0.12 s.");
});

test("times are as exact as they are useful", () => {
  expect(seconds(83)).toBe("0.08 s");
  expect(seconds(12_345)).toBe("12 s");
});

test("what is no fault of the photo is not told as one", () => {
  const failure = (code: string, status: number) => readFailure(new ApiError("", code, status));
  expect(failure("key_required", 401)).toContain("asks for an API key");
  expect(failure("scope_required", 403)).toContain("This API key");
  expect(failure("too_busy", 503)).toBe("The photo was not read");
  expect(failure("no_face", 422)).toBe("No face was found");
  expect(failure("not_an_image", 415)).toBe("This photo could not be read");
});

test("of a photo without a face, what this page can do is told, not what a program could send", () => {
  const told = toldHere(new ApiError("Send it with aligned=true.", "no_face", 422));
  expect(told.message).not.toContain("aligned");
  expect(canRetry(told)).toBe(false);
});

test("what is in service is named as answers name it", () => {
  const domain = { name: "faces", runtime: "openvino-int8" } as Parameters<typeof releaseName>[0];
  const release = { name: "mine-96", digest: "9b74c9897bac770ffc02" };
  expect(releaseName({ ...domain, release })).toBe(
    "In service: mine-96@9b74c9897bac (openvino-int8)",
  );
  expect(releaseName({ ...domain, release: null })).toContain("no release yet");
});

test("a photo that is already what it is turned into is told so", () => {
  const label = (name: string) => ({ name, label: name, group: null });
  const domain = { attributes: ["Summer", "Winter"].map(label) };
  const source = { attributes: { Summer: true, Winter: false } };
  expect(folderNote(domain, source, "Winter")).toBe("The photo reads as summer");
  expect(folderNote(domain, source, "Summer")).toContain("already");
});

test("a camera that is not there is told apart from one that is forbidden", () => {
  const named = (name: string) => Object.assign(new Error(), { name });
  expect(cameraFailure(named("NotFoundError"))).toContain("no camera at this device");
  expect(cameraFailure(named("NotAllowedError"))).toContain("Allow it");
  expect(cameraFailure(undefined)).toContain("https");
});
