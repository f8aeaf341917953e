// The difference of class means (Larsen et al. 2016, arXiv 1512.09300, section 4.2; Radford et al. 2016, section 6.3.2):
//   v = mean(z | with the attribute) - mean(z | without it)
// Each class weighs the same, however many pictures it has. What is correlated with the attribute in the data comes along: of two labels
// with correlation rho, v moves the other by rho of what it moves its own.
import { difference, meanOfRows, type Latents } from './latents';

export const meanDifference = (
  latents: Latents,
  withIt: readonly number[],
  without: readonly number[],
): Float64Array => difference(meanOfRows(latents, withIt), meanOfRows(latents, without));
