/** Why a guard refuses a whole plan, and what lifts it. */
export interface PlanRefusal {
  /** One sentence. */
  readonly fact: string
  /** An option of `purge`, or `flagged` of the reasons: keys that are named lift it. Left out where nothing does. */
  readonly liftedBy?: 'force' | 'trustClock' | 'flagged'
}
