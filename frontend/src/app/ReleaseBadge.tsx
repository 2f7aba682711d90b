import { useFaces } from "../api/queries";
import { Hidden } from "../components/Hidden";
import styles from "./ReleaseBadge.module.css";

/** Which release would answer now; silent until the service has said so. */
export function ReleaseBadge() {
  const faces = useFaces();
  if (!faces.data) return null;
  const { release } = faces.data;
  return (
    <p className={styles.badge} data-ready={release !== null}>
      <Hidden>Release in service: </Hidden>
      <span className={styles.name}>{release?.name ?? "no release yet"}</span>
    </p>
  );
}
