import { lazy } from 'react'
import { Route, Routes } from 'react-router'
import { ChatPage, NewChatPage } from './chat-page'
import { NotFound } from './not-found'
import { Shell } from './shell'

const DataPage = lazy(() => import('./data-page').then((page) => ({ default: page.DataPage })))
const AddSourcePage = lazy(() => import('./data-page').then((page) => ({ default: page.AddSourcePage })))
const UploadPage = lazy(() => import('./data-page').then((page) => ({ default: page.UploadPage })))
const SourcePage = lazy(() => import('./data-page').then((page) => ({ default: page.SourcePage })))
const KnowledgePage = lazy(() => import('./knowledge-page').then((page) => ({ default: page.KnowledgePage })))
const ReviewsPage = lazy(() => import('./reviews-page').then((page) => ({ default: page.ReviewsPage })))
const SettingsPage = lazy(() => import('./settings-page').then((page) => ({ default: page.SettingsPage })))

export function Pages() {
  return (
    <Routes>
      <Route element={<Shell />}>
        <Route index element={<NewChatPage />} />
        <Route path="c/:chatId" element={<ChatPage />} />
        <Route path="data" element={<DataPage />} />
        <Route path="data/new" element={<AddSourcePage />} />
        <Route path="data/upload" element={<UploadPage />} />
        <Route path="data/:sourceId" element={<SourcePage />} />
        <Route path="knowledge/:kind?" element={<KnowledgePage />} />
        <Route path="reviews/:reviewId?" element={<ReviewsPage />} />
        <Route path="settings" element={<SettingsPage />} />
        <Route path="*" element={<NotFound />} />
      </Route>
    </Routes>
  )
}
