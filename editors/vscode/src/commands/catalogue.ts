/** What the server's program says of its models. Pure. */

export interface Model {
  readonly name: string;
  readonly in_use: boolean;
  readonly state: "ready" | "partial" | "unchecked" | "missing" | "unusable";
  readonly bytes: number;
}

export function inMegabytes({ bytes }: Model): string {
  return `${Math.round(bytes / 1e6).toLocaleString("en-US")} MB`;
}

/** How far a download is, of "NAME from SOURCE: 40 % (196 of 491 MB)". */
export function fetched(line: string): { readonly percent: number; readonly words: string } | undefined {
  const found = /from (\S+): (\d+) % \((.+)\)/.exec(line);
  return found === null ? undefined : { percent: Number(found[2]), words: `${found[3] ?? ""} from ${found[1] ?? ""}` };
}
