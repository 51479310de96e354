import { answerTasks } from '../datasets/process/answer-tasks.js'

answerTasks()
