export { begin, encodeMacroblocks, levelBytes, modeBytes } from "./row";
export {
  chromaModeCosts,
  extraCosts,
  lumaModeCosts,
  lumaPlane,
  rowLevels,
  rowModes,
  segmentCounts,
  segments,
  skippedCount,
  subblockModeCosts,
  tokenCosts,
  tokenCounts,
  tokenOfLevel,
  uPlane,
  vPlane,
} from "./layout";
