import styles from "./PickFolder.module.css";

/** A folder of this device, with all folders in it; browsers want an input of its own for that. */
export function PickFolder({ onFiles }: { onFiles: (files: File[]) => void }) {
  return (
    <label className={styles.folder}>
      <input
        type="file"
        // React's types know only the standard; every browser knows this.
        {...{ webkitdirectory: "" }}
        onChange={(event) => {
          onFiles([...(event.target.files ?? [])]);
          event.target.value = "";
        }}
      />
      Choose a folder
    </label>
  );
}
