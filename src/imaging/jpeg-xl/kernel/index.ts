export { begin, beginGroup, contexts, counts, errorBins, largestValue, row, tokeniseRow, values } from "./tokenise";
