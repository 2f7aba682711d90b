import type { FaceList } from "../../api/photos";
import { Segmented } from "../../components/Segmented";
import styles from "./FaceChoice.module.css";
import { faceIn } from "./settings";
import type { Setting } from "./useSettings";

interface FaceChoiceProps {
  faces: FaceList;
  setting: Setting;
}

/** Beyond so many faces, a list in place of a row of buttons. */
const ROW = 5;

/** Of a photo of several people, whom to edit. */
export function FaceChoice({ faces, setting: { settings, set } }: FaceChoiceProps) {
  const value = String(faceIn(settings.face, faces));
  const choose = (text: string) =>
    set({ ...settings, face: text === "all" ? "all" : Number(text) });
  const options = [
    { value: "all", label: "All" },
    ...faces.faces.map((_, index) => ({ value: String(index), label: String(index + 1) })),
  ];
  return (
    <div className={styles.choice}>
      {options.length <= ROW + 1 ? (
        <Segmented legend="Whose face" options={options} value={value} onChange={choose} />
      ) : (
        <label className={styles.list}>
          Whose face
          <select value={value} onChange={(event) => choose(event.target.value)}>
            {options.map((option) => (
              <option key={option.value} value={option.value}>
                {option.label}
              </option>
            ))}
          </select>
        </label>
      )}
      {value === "all" && (
        <p className={styles.note}>Attributes are shown as the largest face, 1, has them.</p>
      )}
    </div>
  );
}
