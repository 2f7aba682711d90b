/** An edit as commands that make the very same one: with curl, and with the client in service/client. */
import { type Domain, type Format, fieldsOf, type Wanted } from "../../api/photos";

export interface Edited {
  origin: string;
  domain: Pick<Domain, "name" | "aligns">;
  aligned: boolean;
  wanted: Wanted;
  format: Format;
  /** Whether the service asks for an API key; the command names where it is, never the key. */
  needsKey: boolean;
}

function result(format: Format): string {
  return `edited.${format === "jpeg" ? "jpg" : format}`;
}

export function curl(edited: Edited): string {
  const { origin, domain, aligned, wanted, format, needsKey } = edited;
  const fields = { ...fieldsOf(domain, aligned, wanted), format };
  const parts = [
    `curl --fail-with-body ${quoted(`${origin}/v1/${domain.name}/translate`)}`,
    ...(needsKey ? ['-H "Authorization: Bearer $INIT_KEY"'] : []),
    "-F image=@photo.jpg",
    ...Object.entries(fields).map(([name, value]) => `-F ${quoted(`${name}=${value}`)}`),
    `-o ${result(format)}`,
  ];
  return parts.join(" \\\n  ");
}

/** As a shell reads it; plain words stay plain. */
function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

export function python(edited: Edited): string {
  const { origin, domain, aligned, wanted, format, needsKey } = edited;
  const { attributes: _, ...options } = fieldsOf(domain, aligned, wanted);
  const said = Object.entries({ ...options, format }).map(
    ([name, value]) => `${name}=${pythonValue(name, value)}`,
  );
  const key = needsKey ? ', key=os.environ["INIT_KEY"]' : "";
  return [
    ...(needsKey ? ["import os", ""] : []),
    "from service.client import Client",
    "",
    `with Client(${JSON.stringify(origin)}${key}) as studio:`,
    "    edited = studio.translate(",
    `        ${JSON.stringify(domain.name)}, "photo.jpg", ${dictionary(wanted.changes)},`,
    `        ${said.join(", ")},`,
    "    )",
    `    edited.save("${result(format)}")`,
  ].join("\n");
}

function pythonValue(name: string, value: string): string {
  if (name === "strengths") return dictionary(JSON.parse(value) as Record<string, number>);
  if (name === "aligned") return "True";
  return name === "format" ? JSON.stringify(value) : value;
}

function dictionary(values: Readonly<Record<string, boolean | number>>): string {
  const pairs = Object.entries(values).map(([name, value]) => {
    const word = typeof value === "number" ? String(value) : value ? "True" : "False";
    return `${JSON.stringify(name)}: ${word}`;
  });
  return `{${pairs.join(", ")}}`;
}
