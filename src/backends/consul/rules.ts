export const CONSUL_RULES = []
