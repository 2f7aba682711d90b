import { Segmented } from "../../components/Segmented";
import { type Choice, choose, chosen, optionLabel, type Wishes } from "./changes";
import styles from "./ExclusiveChoice.module.css";

interface ExclusiveChoiceProps {
  choice: Choice;
  photo: Readonly<Record<string, boolean>>;
  wishes: Wishes;
  onWishes: (wishes: Wishes) => void;
}

/** Attributes that exclude each other, such as hair colours: as it is, or one of them. */
export function ExclusiveChoice({ choice, photo, wishes, onWishes }: ExclusiveChoiceProps) {
  const value = chosen(wishes, choice);
  const own = choice.options.find(({ name }) => photo[name]);
  const isChanged = value !== null && value !== own?.name;
  const options = choice.options.map((option) => ({
    value: option.name,
    label: optionLabel(option, choice),
  }));
  return (
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
      onChange={(name) => onWishes(choose(wishes, choice, name))}
    />
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

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
