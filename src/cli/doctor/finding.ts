/** What the doctor says about one thing. */
export interface Finding {
  topic: string;
  /** "warning": it works, but not as well as it could; "broken": something will not work. */
  state: "ok" | "warning" | "broken";
  says: string;
  /** What to do about it. */
  mend?: string;
}

export const ok = (topic: string, says: string): Finding => ({ topic, state: "ok", says });

export const warning = (topic: string, says: string, mend: string): Finding => ({
  topic,
  state: "warning",
  says,
  mend,
});

export const broken = (topic: string, says: string, mend: string): Finding => ({
  topic,
  state: "broken",
  says,
  mend,
});
