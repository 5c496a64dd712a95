//! Threads that read, each with a connection of its own, so that no read waits for a write to reach the disk and none
//! holds up the async runtime.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::super::error::{Result, StoreError};
use super::fault::fault;
use super::open::open_to_read;

/// Two: as many as keep a small machine busy; more only add memory.
const THREADS: usize = 2;

type Task = Box<dyn FnOnce(&Result<Connection>) + Send>;

/// The pool. Dropping it waits for reads under way.
pub(super) struct Readers {
    file: Arc<PathBuf>,
    tasks: Option<Sender<Task>>,
    threads: Vec<JoinHandle<()>>,
}

impl Readers {
    pub(super) fn start(file: PathBuf) -> Result<Self> {
        let (tasks, queue) = mpsc::channel();
        let queue = Arc::new(Mutex::new(queue));
        let file = Arc::new(file);
        let mut threads = Vec::new();
        for _ in 0..THREADS {
            let (file, queue) = (file.clone(), queue.clone());
            let thread = thread::Builder::new()
                .name("journal-reader".to_owned())
                .spawn(move || serve(&file, &queue))
                .map_err(|error| StoreError::Io {
                    message: error.to_string(),
                })?;
            threads.push(thread);
        }
        let tasks = Some(tasks);
        Ok(Self {
            file,
            tasks,
            threads,
        })
    }

    /// Runs a query on one of the threads.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T> {
        let (answer, answered) = oneshot::channel();
        let file = self.file.clone();
        let task: Task = Box::new(move |connection| {
            let result = match connection {
                Ok(connection) => query(connection).map_err(|error| fault(&file, &error)),
                Err(error) => Err(error.clone()),
            };
            // Nobody waits any more when the caller's future was dropped.
            let _ = answer.send(result);
        });
        let tasks = self.tasks.as_ref().ok_or(StoreError::Closed)?;
        tasks.send(task).map_err(|_| StoreError::Closed)?;
        answered.await.map_err(|_| StoreError::Closed)?
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        self.tasks = None;
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

fn serve(file: &Path, queue: &Mutex<Receiver<Task>>) {
    let mut connection = None;
    loop {
        // The lock is held while waiting: one thread waits for the queue, the other for the lock.
        let task = {
            let Ok(queue) = queue.lock() else { return };
            queue.recv()
        };
        let Ok(task) = task else { return };
        let opened = connection.get_or_insert_with(|| open_to_read(file));
        task(opened);
        if opened.is_err() {
            connection = None;
        }
    }
}
