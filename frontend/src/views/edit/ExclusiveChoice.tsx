import { Segmented } from "../../components/Segmented";
import { capital } from "../../components/words";
import { StrengthOf } from "./Attribute";
import type { ControlsProps } from "./Controls";
import { type Choice, choose, chosen, optionLabel } from "./changes";
import styles from "./ExclusiveChoice.module.css";
import { withWishes } from "./settings";

type ExclusiveChoiceProps = ControlsProps & { choice: Choice };

/** Attributes that exclude each other, such as hair colours: as it is, or one of them. */
export function ExclusiveChoice({ choice, source, setting }: ExclusiveChoiceProps) {
  const { settings, set } = setting;
  const value = chosen(settings.wishes, choice);
  const own = choice.options.find(({ name }) => source.attributes[name]);
  const isChanged = value !== null && value !== own?.name;
  const options = choice.options.map((option) => ({
    value: option.name,
    label: optionLabel(option, choice),
  }));
  return (
    <div>
      <Segmented<string | null>
        legend={choice.label}
        changed={isChanged}
        note={
          <p className={styles.note} data-changed={isChanged || undefined}>
            {noteOf(choice, own?.name, value)}
          </p>
        }
        options={[{ value: null, label: "As it is" }, ...options]}
        value={value}
        onChange={(name) => set(withWishes(settings, choose(settings.wishes, choice, name)))}
      />
      {isChanged && <StrengthOf name={value} label={choice.label} setting={setting} />}
    </div>
  );
}

function noteOf(choice: Choice, own: string | undefined, value: string | null): string {
  const word = (name: string) =>
    choice.options
      .filter((option) => option.name === name)
      .map((option) => optionLabel(option, choice).toLowerCase())
      .join();
  if (value !== null && value === own) {
    return `The photo already reads as ${word(own)}, so this changes nothing`;
  }
  if (value !== null) return `Changed to ${word(value)}`;
  const named = own ? capital(word(own)) : "None of these";
  return `${named}, as in the photo`;
}
