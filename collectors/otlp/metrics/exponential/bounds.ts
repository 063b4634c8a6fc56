/**
 * The bounds of exponential buckets as float64. Bucket i of scale s holds what lies in (2^(i / 2^s), 2^((i + 1) / 2^s)].
 * The same bound comes out bit for bit at every scale that has it, so that buckets of different scales can be compared.
 * https://opentelemetry.io/docs/specs/otel/metrics/data-model/#exponentialhistogram
 */

/** Eight buckets an octave: a quantile is known to 9 %, and 160 buckets span a factor of a million. */
export const FINEST_SCALE = 3;
const PER_OCTAVE = 8;

/** 2^(k / 8), k = 0..7. */
const ROOTS = [
  1,
  1.0905077326652577,
  1.189207115002721,
  1.2968395546510096,
  Math.SQRT2,
  1.5422108254079407,
  1.681792830507429,
  1.8340080864093424,
] as const;

/** The exponents of a float64, with those of subnormal numbers. */
export const SMALLEST_EXPONENT = -1_074;
export const LARGEST_EXPONENT = 1_023;

const powers = new Float64Array(LARGEST_EXPONENT - SMALLEST_EXPONENT + 1);
for (let exponent = 0, power = 1; exponent <= LARGEST_EXPONENT; exponent += 1, power *= 2) powers[exponent - SMALLEST_EXPONENT] = power;
for (let exponent = -1, power = 0.5; exponent >= SMALLEST_EXPONENT; exponent -= 1, power /= 2) powers[exponent - SMALLEST_EXPONENT] = power;

/** 2^(index / 2^scale) for a scale of at most FINEST_SCALE; 0 and Infinity beyond what a float64 holds. */
export const boundAt = (index: number, scale: number): number => {
  let eighths = index;
  for (let s = scale; s < FINEST_SCALE; s += 1) eighths *= 2;
  const octave = Math.floor(eighths / PER_OCTAVE);
  if (octave > LARGEST_EXPONENT) return Number.POSITIVE_INFINITY;
  if (octave < SMALLEST_EXPONENT) return 0;
  return (ROOTS[eighths - octave * PER_OCTAVE] as number) * (powers[octave - SMALLEST_EXPONENT] as number);
};
