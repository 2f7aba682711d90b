import { expect, describe as suite, test } from "vitest";
import type { Domain } from "../../api/photos";
import {
  changesOf,
  choose,
  chosen,
  controlsOf,
  describe,
  folderOf,
  optionLabel,
  singleEdits,
  toggle,
} from "./changes";

const attribute = (name: string, label: string, group: string | null = null) => ({
  name,
  label,
  group,
});

const domain: Pick<Domain, "attributes" | "exclusive"> = {
  attributes: [
    attribute("Black_Hair", "Black hair", "hair"),
    attribute("Blond_Hair", "Blond hair", "hair"),
    attribute("Smiling", "Smiling"),
    attribute("Young", "Young"),
  ],
  exclusive: [["Black_Hair", "Blond_Hair"]],
};
const photo = { Black_Hair: true, Blond_Hair: false, Smiling: false, Young: true };
const controls = controlsOf(domain);
const hair = controls.choices[0];
if (!hair) throw new Error("the hair colours are one choice");

suite("controls", () => {
  test("attributes that exclude each other are one choice, the others switches", () => {
    expect(hair.options.map(({ name }) => name)).toEqual(["Black_Hair", "Blond_Hair"]);
    expect(controls.toggles.map(({ name }) => name)).toEqual(["Smiling", "Young"]);
  });

  test("the heading is not said twice", () => {
    expect(hair.label).toBe("Hair");
    expect(hair.options.map((option) => optionLabel(option, hair))).toEqual(["Black", "Blond"]);
  });

  test("a group that the service does not name is still a choice", () => {
    const [nameless] = controlsOf({
      attributes: [attribute("A", "A"), attribute("B", "B")],
      exclusive: [["A", "B"]],
    }).choices;
    expect(nameless?.label).toBe("One of");
  });
});

suite("a switch", () => {
  test("asks for the opposite of what the photo has", () => {
    expect(toggle({}, photo, "Smiling")).toEqual({ Smiling: true });
    expect(toggle({}, photo, "Young")).toEqual({ Young: false });
  });

  test("switched back is no wish at all", () => {
    expect(toggle(toggle({ Young: false }, photo, "Smiling"), photo, "Smiling")).toEqual({
      Young: false,
    });
  });
});

suite("a choice", () => {
  test("of one hair colour takes the place of another and leaves the switches alone", () => {
    const black = choose({ Smiling: true }, hair, "Black_Hair");
    expect(choose(black, hair, "Blond_Hair")).toEqual({ Smiling: true, Blond_Hair: true });
  });

  test("of nothing is hair as it is", () => {
    expect(choose({ Blond_Hair: true }, hair, null)).toEqual({});
    expect(chosen({}, hair)).toBeNull();
    expect(chosen({ Blond_Hair: true }, hair)).toBe("Blond_Hair");
  });
});

suite("changes", () => {
  test("are only what differs from the photo", () => {
    const wishes = { Black_Hair: true, Smiling: true, Young: true };
    expect(changesOf(wishes, photo)).toEqual({ Smiling: true });
  });

  test("are equal whatever the order of the clicks", () => {
    const one = changesOf({ Smiling: true, Blond_Hair: true }, photo);
    const other = changesOf({ Blond_Hair: true, Smiling: true }, photo);
    expect(JSON.stringify(one)).toBe(JSON.stringify(other));
  });

  test("are described in the service's words and order", () => {
    expect(describe({ Young: false, Blond_Hair: true }, domain)).toBe("Blond hair, Young off");
  });

  test("say how far they go where that is not as trained", () => {
    const changes = { Smiling: true, Young: false };
    expect(describe(changes, domain, { Young: 0.5, Smiling: 1 })).toBe(
      "Smiling, Young off at 50 %",
    );
  });

  test("are never of what the domain does not know", () => {
    expect(changesOf({ Hat: true }, photo)).toEqual({});
  });
});

test("every single edit is to what the photo does not show, hair to each other colour", () => {
  expect(singleEdits(domain, photo)).toEqual([
    { Blond_Hair: true },
    { Smiling: true },
    { Young: false },
  ]);
});

test("a photo is turned into another folder than its own, unless one is wished for", () => {
  expect(folderOf({}, { ...photo, Black_Hair: true }, domain)).toBe("Blond_Hair");
  expect(folderOf({ Smiling: true }, photo, domain)).toBe("Smiling");
});
