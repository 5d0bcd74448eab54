/** A float64 in one of Go's forms; without `precision` with as many digits as tell it apart. */
export function floatText(value: number, form: "e" | "f" | "g", precision?: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  const size = Math.abs(value);
  if (form === "e") return sign + exponential(size, precision);
  return sign + (form === "f" ? fixed(size, precision) : general(size, precision));
}

/** JavaScript's forms have 100 digits at most; doubles have no more that are not zeros by then. */
const digitsMax = 100;

function exponential(size: number, precision?: number): string {
  const digits = precision === undefined ? undefined : Math.min(precision, digitsMax);
  const [mantissa = "", exponent = ""] = scientific(size, digits).split("e");
  const zeros = "0".repeat(Math.max(0, (precision ?? 0) - digitsMax));
  return `${mantissa}${zeros}e${exponent.charAt(0)}${exponent.slice(1).padStart(2, "0")}`;
}

function fixed(size: number, precision?: number): string {
  const isLarge = size >= 1e21;
  if (precision === undefined) return isLarge ? String(BigInt(size)) : withoutExponent(size);
  const digits = Math.min(precision, digitsMax);
  const dot = isLarge && digits > 0 ? "." : "";
  const text = isLarge ? String(BigInt(size)) + dot + "0".repeat(digits) : rounded(size, digits);
  return text + "0".repeat(precision - digits);
}

/** More digits than a number has that lies in the middle between two of fewer digits. */
const nMoreDigits = 40;

/** A number in the middle between two goes to the even one, not to the larger one. */
function rounded(size: number, digits: number): string {
  if (digits + nMoreDigits > digitsMax) return size.toFixed(digits);
  return evenOf(size.toFixed(digits), size.toFixed(digits + nMoreDigits), digits);
}

/** `toExponential`, rounded in the same way. */
function scientific(size: number, digits?: number): string {
  if (digits === undefined || digits + nMoreDigits > digitsMax) return size.toExponential(digits);
  const [exact = "", exponent] = size.toExponential(digits + nMoreDigits).split("e");
  const text = size.toExponential(digits);
  const [near = "", nearExponent] = text.split("e");
  // Where the larger one has a digit more (9.5 → 1e1), it is the even one.
  return exponent === nearExponent ? `${evenOf(near, exact, digits)}e${exponent}` : text;
}

/** `near`, or what `exact` is without its last digits where these are just in the middle. */
function evenOf(near: string, exact: string, digits: number): string {
  const [whole = "", part = ""] = exact.split(".");
  const below = digits === 0 ? whole : `${whole}.${part.slice(0, digits)}`;
  return /^50*$/.test(part.slice(digits)) && /[02468]$/.test(below) ? below : near;
}

/** 0.0000001 as it is, where JavaScript says 1e-7. */
function withoutExponent(size: number): string {
  const [mantissa = "", exponent] = String(size).split("e");
  if (exponent === undefined) return mantissa;
  return `0.${"0".repeat(-Number(exponent) - 1)}${mantissa.replace(".", "")}`;
}

/** Go's %g: the exponent decides, from 6 digits on where no precision is given. */
function general(size: number, precision?: number): string {
  const digits = precision === undefined ? undefined : Math.min(precision || 1, digitsMax);
  const shown = scientific(size, digits === undefined ? undefined : digits - 1);
  const [mantissa = "", exponentText = "0"] = shown.split("e");
  const exponent = Number(exponentText);
  const significant = mantissa.replace(/\.?0+$/, (zeros) => (zeros.startsWith(".") ? "" : zeros));
  const trimmed = significant.includes(".") ? significant.replace(/0+$/, "") : significant;
  if (exponent < -4 || exponent >= (digits ?? 6)) {
    const sign = exponent < 0 ? "-" : "+";
    return `${trimmed}e${sign}${String(Math.abs(exponent)).padStart(2, "0")}`;
  }
  return withoutExponent(Number(shown));
}
