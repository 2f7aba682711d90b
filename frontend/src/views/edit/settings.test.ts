import { expect, describe as suite, test } from "vitest";
import type { Domain } from "../../api/photos";
import {
  faceIn,
  fromQuery,
  NOTHING,
  type Settings,
  settingsFor,
  toQuery,
  wantedOf,
  withStrength,
  withWishes,
} from "./settings";

const attribute = (name: string) => ({ name, label: name, group: null });
const faces = {
  name: "faces",
  kind: "attributes",
  adjustable: true,
  aligns: true,
  attributes: ["Black_Hair", "Blond_Hair", "Smiling", "Young"].map(attribute),
  exclusive: [["Black_Hair", "Blond_Hair"]],
} as unknown as Domain;
const seasons = {
  ...faces,
  kind: "unpaired",
  attributes: ["Summer", "Winter"].map(attribute),
} as Domain;
const settings: Settings = {
  wishes: { Smiling: true, Young: false },
  strengths: { Young: 0.5 },
  face: 1,
};

suite("an address", () => {
  test("says what is set, and gives it back", () => {
    expect(toQuery(settings)).toBe("Smiling=1&Young=-0.5&face=1");
    expect(fromQuery(toQuery(settings))).toEqual(settings);
    expect(toQuery(NOTHING)).toBe("");
  });

  test("of no strength still says which way", () => {
    const none = withStrength(settings, "Young", 0);
    expect(fromQuery(toQuery(none))).toEqual(none);
  });

  test("that makes no sense sets nothing", () => {
    expect(fromQuery("?Smiling=&Young=often&Male=3&face=one&x")).toEqual(NOTHING);
  });

  test("sets what the domain has, and one hair colour", () => {
    const asked = fromQuery("?Hat=1&Blond_Hair=1&Black_Hair=1&Young=-1");
    expect(settingsFor(faces, asked).wishes).toEqual({ Blond_Hair: true, Young: false });
  });
});

suite("what is asked for", () => {
  test("is what differs, each as strong as set", () => {
    const photo = { Smiling: true, Young: true };
    expect(wantedOf(settings, photo, faces)).toEqual({
      changes: { Young: false },
      strengths: { Young: 0.5 },
      face: 1,
    });
  });

  test("of folders is always one of them: the other, unless one is wished for", () => {
    const photo = { Summer: true, Winter: false };
    expect(wantedOf(NOTHING, photo, seasons).changes).toEqual({ Winter: true });
    const asked = withWishes(NOTHING, { Summer: true });
    expect(wantedOf(asked, photo, seasons).changes).toEqual({ Summer: true });
  });

  test("has no strength where the domain knows none", () => {
    const stiff = { ...seasons, adjustable: false };
    const asked = withStrength(NOTHING, "Winter", 0.5);
    expect(wantedOf(asked, { Summer: true, Winter: false }, stiff).strengths).toEqual({});
  });
});

test("what is switched off forgets how strong it was", () => {
  expect(withWishes(settings, { Smiling: true }).strengths).toEqual({});
});

test("a face that the photo does not have means all", () => {
  const found = { faces: [], width: 1, height: 1 };
  expect(faceIn(1, found)).toBe("all");
  expect(faceIn(1, undefined)).toBe(1);
});
