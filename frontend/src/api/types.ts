/** Short names for the wire's types. Everything is derived from the generated schema. */
import type { components } from './schema.gen'

type Schemas = components['schemas']

export type ServerFrame = Schemas['ServerFrame']
export type Envelope = Extract<ServerFrame, { type: 'event' }>
export type ServerEvent = Envelope['event']
export type EventOf<T extends ServerEvent['type']> = Extract<ServerEvent, { type: T }>
export type Ack = Extract<ServerFrame, { type: 'ack' }>
export type SourceProgress = Extract<ServerFrame, { type: 'source.progress' }>
export type ClientCommand = Schemas['ClientCommand']
export type CommandOf<T extends ClientCommand['type']> = Extract<ClientCommand, { type: T }>

export type Problem = NonNullable<Ack['problem']>
export type ErrorCode = Problem['code']
export type Stage = EventOf<'stage.started'>['stage']
export type Understood = EventOf<'question.understood'>
export type PlanProposed = EventOf<'plan.proposed'>
export type PlanChange = PlanProposed['changes'][number]
export type PlanOffer = PlanProposed['offers'][number]
export type ConfidenceLabel = PlanProposed['confidence_label']
export type Plan = PlanProposed['plan']
export type PlanStep = Plan['steps'][number]
export type PlanQuery = PlanStep['query']
export type PlanTable = PlanQuery['tables'][number]
export type PlanJoin = PlanQuery['joins'][number]
export type JoinCondition = PlanQuery['conditions'][number]
export type Dimension = PlanQuery['dimensions'][number]
export type Measure = PlanQuery['measures'][number]
export type Filter = PlanQuery['filters'][number]
export type Ordering = PlanQuery['order'][number]
export type ColumnName = PlanJoin['left']
export type Grain = NonNullable<Dimension['grain']>
export type MeasureFunction = Measure['function']
export type Operator = Filter['operator']
export type Scalar = Filter['values'][number]
export type Assumption = Plan['assumptions'][number]
export type WordLink = Plan['links'][number]
export type Estimate = Plan['estimate']
export type CheckResult = EventOf<'checks.finished'>['checks'][number]
export type ConformancePoint = EventOf<'checks.finished'>['conformance'][number]
export type ResultReady = EventOf<'result.ready'>
export type ResultColumn = ResultReady['columns'][number]
export type ChartSpec = EventOf<'chart.chosen'>['spec']
export type ChartKind = ChartSpec['kind']
export type AnswerReady = EventOf<'answer.ready'>
export type NumberReference = AnswerReady['references'][number]
export type Lineage = Schemas['Lineage']
export type RowsBehind = Schemas['RowsBehind']
export type Usage = EventOf<'usage.counted'>['usage']

/** A cell of a result: any JSON value. */
export type Cell = Schemas['JsonValue']

export type Me = Schemas['Me']
export type Role = Me['role']
export type ChatSummary = Schemas['ChatSummary']
export type Project = Schemas['Project']
export type ProjectUpdate = Schemas['ProjectUpdate']
export type ProjectLimits = Project['limits']
export type ProvidersStatus = Schemas['ProvidersStatus']
export type Engine = Schemas['Engine']
export type EngineField = Schemas['EngineField']
export type Datasource = Schemas['Datasource']
export type TestReport = Schemas['TestReport']
export type SchemaView = Schemas['SchemaView']
export type TableView = Schemas['TableView']
export type ColumnView = Schemas['ColumnView']
export type UploadResult = Schemas['UploadResult']
export type Feedback = Schemas['Feedback']
export type FeedbackWrite = Schemas['FeedbackWrite']
export type FeedbackReason = Feedback['reasons'][number]
export type SqlTrial = Schemas['SqlTrial']
export type ReviewSummary = Schemas['ReviewSummary']
export type Review = Schemas['Review']
export type ReviewDecision = Schemas['ReviewDecision']
export type PatternView = Schemas['PatternView']
export type PatternStatus = PatternView['status']
export type Grant = Schemas['Grant']
export type TableGrant = Schemas['TableGrant-Input']
export type PersonLimits = Schemas['PersonDetail']['limits']
export type Member = Schemas['Member']
export type TermView = Schemas['TermView']
export type TermWrite = Schemas['TermWrite']
