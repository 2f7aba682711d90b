import { expect, describe as suite, test } from "vitest";
import type { Preset, Report } from "../../api/train";
import {
  commonOf,
  emptyDraft,
  fieldOf,
  needsOwnName,
  OWN,
  orderOf,
  presetsFor,
  problemsOf,
} from "./order";

const field = (name: string, value: unknown) => ({ name, value, description: "" });
const preset = (name: string, ...more: ReturnType<typeof field>[]): Preset => ({
  name,
  domain: name.split("/")[0] ?? "",
  kind: "attributes",
  method: "init",
  size: [32, 32],
  steps: 1000,
  batch: 16,
  fields: [field("steps", 1000), field("batch", 16), field("learning_rate", 0.001), ...more],
});
const init = preset("synthetic/init", field("options.hops", 2));
const stargan = preset("faces/stargan");

suite("an order", () => {
  test("sends only what differs from the preset, numbers as numbers", () => {
    const draft = {
      ...emptyDraft("synthetic", init.name),
      common: { steps: "50", batch: "", "options.hops": "3" },
      extras: [
        { id: 1, name: "flip", value: "false" },
        { id: 2, name: "options.reduction", value: "sum" },
        { id: 3, name: " ", value: "1" },
      ],
    };
    expect(orderOf(draft, init)).toEqual({
      domain: "synthetic",
      preset: "synthetic/init",
      data: undefined,
      overrides: { steps: 50, "options.hops": 3, flip: false, "options.reduction": "sum" },
      release: undefined,
      int8: true,
    });
  });

  test("leaves out hops of a method that has none", () => {
    const draft = { ...emptyDraft("faces", stargan.name), common: { "options.hops": "3" } };
    expect(orderOf(draft, stargan).overrides).toEqual({});
    expect(commonOf(stargan).map(({ name }) => name)).toEqual(["steps", "batch", "learning_rate"]);
  });
});

suite("what is wrong", () => {
  test("is said beside the field before anything is sent", () => {
    const draft = { ...emptyDraft("faces", stargan.name), common: { steps: "1.5", batch: "x" } };
    expect(Object.keys(problemsOf(draft)).sort()).toEqual(["batch", "data", "steps"]);
    expect(
      problemsOf({ ...draft, domain: OWN, ownName: "Cats!", data: "/photos", common: {} }),
    ).toEqual({ domain: expect.stringContaining("small letters") });
    expect(problemsOf(emptyDraft("synthetic", init.name))).toEqual({});
  });

  test.each([
    ["folder_not_allowed", "Trainings may not use this folder.", "data"],
    ["invalid_training", "overrides: steps: Input should be a valid integer.", "steps"],
    ["invalid_training", "overrides: options.hops: Input should be greater.", "options.hops"],
    ["invalid_training", "overrides: --set step=3: there is no field 'step'.", "step"],
    ["invalid_training", "faces has a release 'tiny' already, and none is overwritten.", "release"],
    ["invalid_training", "faces/init cannot be trained on this folder: it is for pairs.", "preset"],
    ["invalid_training", "Send data, the folder with the photos.", "data"],
    ["no_room", "There is no room left on the service's disk.", null],
  ])("%s: %s", (code, message, expected) => {
    expect(fieldOf({ code, message })).toBe(expected);
  });
});

suite("presets", () => {
  test("are a domain's own; one's own domain takes any but what is drawn", () => {
    const names = (domain: string) => presetsFor(domain, [init, stargan]).map(({ name }) => name);
    expect(names("synthetic")).toEqual(["synthetic/init"]);
    expect(names(OWN)).toEqual(["faces/stargan"]);
  });

  test("a folder with other attributes needs a name of its own", () => {
    const fits = [{ preset: "faces/stargan", problem: "", own: true, remark: "" }];
    const report = { fits } as unknown as Report;
    const draft = emptyDraft("faces", "faces/stargan");
    expect(needsOwnName(draft, report)).toBe(true);
    expect(needsOwnName({ ...draft, domain: OWN }, report)).toBe(false);
    expect(needsOwnName(draft, undefined)).toBe(false);
  });
});
