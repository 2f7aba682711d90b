import type { useDoctor } from "../../api/train";
import { Button } from "../../components/Button";
import { Field } from "../../components/Field";
import styles from "./DataField.module.css";

interface DataFieldProps {
  value: string;
  folders: readonly string[];
  problem: string | undefined;
  doctor: ReturnType<typeof useDoctor>;
  onChange: (value: string) => void;
}

/** A folder of the service's machine, and the doctor to have a look at it. */
export function DataField({ value, folders, problem, doctor, onChange }: DataFieldProps) {
  const folder = value.trim();
  const refused = doctor.error && doctor.variables === folder ? doctor.error.message : undefined;
  return (
    <div className={styles.data}>
      <Field
        label="Folder with the photos"
        value={value}
        onChange={onChange}
        choices={folders}
        placeholder={`such as ${folders[1] ?? folders[0] ?? "/photos/celeba"}`}
        hint={
          folders.length > 0
            ? "On the service's machine; the photos are read there and go nowhere."
            : "No folder is allowed yet: whoever runs the service sets INIT_TRAINING_DATA=/photos."
        }
        problem={problem ?? refused}
      />
      <Button disabled={!folder || doctor.isPending} onClick={() => doctor.mutate(folder)}>
        {doctor.isPending ? "Examining…" : "Examine the folder"}
      </Button>
    </div>
  );
}
