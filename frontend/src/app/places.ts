/** Where one can go, in the header's order; the first part of an address says where one is. */
export const PLACES = [
  ["/", "Faces"],
  ["/seasons", "Seasons"],
  ["/edges", "Edges"],
  ["/bulk", "Bulk"],
  ["/train", "Train"],
  ["/releases", "Releases"],
  ["/study", "Study"],
] as const;

export function isHere(here: string, path: string): boolean {
  return path === "/" ? here === "/" : here === path || here.startsWith(`${path}/`);
}

/** The view that an address belongs to: "/bulk" of "/bulk/6f1c". */
export function viewOf(address: string): string {
  return `/${address.split("/")[1] ?? ""}`;
}

export function titleOf(address: string): string {
  const place = PLACES.find(([path]) => isHere(address, path));
  return place?.[1] ?? "Edit";
}
