import type { Menu } from "../../api/train";
import { Field } from "../../components/Field";
import { Choices } from "./Choices";
import { type Draft, OWN, presetsFor } from "./order";

const NAMES: Readonly<Record<string, string>> = {
  faces: "Faces",
  seasons: "Seasons",
  edges: "Edges",
  synthetic: "Drawn scenes",
};

interface DomainChoiceProps {
  draft: Draft;
  menu: Menu;
  problem: string | undefined;
  onChange: (part: Partial<Draft>) => void;
}

/** What the release is to translate: one of the presets' domains, or one's own. */
export function DomainChoice({ draft, menu, problem, onChange }: DomainChoiceProps) {
  const domains = [...new Set(menu.presets.map(({ domain }) => domain))];
  const choose = (domain: string) =>
    onChange({ domain, preset: presetsFor(domain, menu.presets)[0]?.name ?? "" });
  return (
    <>
      <Choices
        legend="Domain"
        short
        value={draft.domain}
        onChange={choose}
        choices={[
          ...domains.map((domain) => ({ value: domain, label: NAMES[domain] ?? domain })),
          { value: OWN, label: "Your own" },
        ]}
      />
      {draft.domain === OWN && (
        <Field
          label="Name of your domain"
          value={draft.ownName}
          onChange={(ownName) => onChange({ ownName })}
          placeholder="cats"
          hint="Its attributes are read from the data: columns of labels, or names of folders."
          problem={problem}
        />
      )}
    </>
  );
}
