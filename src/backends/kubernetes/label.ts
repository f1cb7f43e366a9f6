/** What a label can be worth, but for nothing. Source: "Labels and Selectors" in Kubernetes' documentation. */
export const LABEL_VALUE = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/
