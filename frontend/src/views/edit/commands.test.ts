import { expect, test } from "vitest";
import { curl, type Edited, python } from "./commands";

const edited: Edited = {
  origin: "http://127.0.0.1:8000",
  domain: { name: "faces", aligns: true },
  aligned: false,
  wanted: { changes: { Smiling: true, Young: false }, strengths: { Young: 0.5 }, face: 1 },
  format: "png",
  needsKey: false,
};

test("an edit is a curl command", () => {
  expect(curl(edited)).toBe(
    [
      "curl --fail-with-body http://127.0.0.1:8000/v1/faces/translate",
      "-F image=@photo.jpg",
      `-F 'attributes={"Smiling":true,"Young":false}'`,
      `-F 'strengths={"Young":0.5}'`,
      "-F face=1",
      "-F format=png",
      "-o edited.png",
    ].join(" \\\n  "),
  );
});

test("an edit is a line of Python", () => {
  const text = python(edited);
  expect(text).toContain('"faces", "photo.jpg", {"Smiling": True, "Young": False},');
  expect(text).toContain('strengths={"Young": 0.5}, face=1, format="png",');
  expect(text).toContain('edited.save("edited.png")');
});

test("one strength for all is said once, and what is the default not at all", () => {
  const even = { ...edited.wanted, strengths: { Young: 1.3, Smiling: 1.3 }, face: "all" } as const;
  expect(curl({ ...edited, wanted: even })).toContain("-F strength=1.3 \\");
  expect(python({ ...edited, wanted: even })).toContain('        strength=1.3, format="png",');
  const plain = { ...even, strengths: {} };
  expect(curl({ ...edited, wanted: plain })).not.toMatch(/strength|face=/);
});

test("a photo that is aligned has no face to choose, and a domain without faces neither", () => {
  expect(curl({ ...edited, aligned: true })).toContain("-F aligned=true");
  expect(python({ ...edited, aligned: true })).toContain("aligned=True");
  expect(curl({ ...edited, domain: { name: "seasons", aligns: false } })).not.toContain("face=");
});

test("a key is never written into a command, and quotes are safe in a shell", () => {
  const odd = { ...edited.wanted, changes: { "It's": true }, strengths: {} };
  const text = curl({ ...edited, wanted: odd, needsKey: true });
  expect(text).toContain('-H "Authorization: Bearer $INIT_KEY"');
  expect(text).toContain(`'attributes={"It'\\''s":true}'`);
});
