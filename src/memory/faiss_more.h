/*
 * What FAISS's C API of 1.7.3 lacks and we need: the mapped lists themselves,
 * and a way to keep small what FAISS copies out of a mapped file.
 */
#ifndef MEMORY_FAISS_MORE_H
#define MEMORY_FAISS_MORE_H

#include <stddef.h>
#include <stdint.h>

#include <faiss/c_api/IndexIVF_c.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Flag of faiss_read_index_fname() that maps the lists.  The C header's own
 * FAISS_IO_FLAG_MMAP does not, in 1.7.3. */
#define FAISS_MORE_MMAP (8 | 0x646f0000)

/* Are the lists read from a mapped file, and all of them inside it?  FAISS
 * itself does not look. */
int faiss_more_is_mapped(const FaissIndexIVF *index);

/* Vectors and ids of a list; may point to anything where the list is empty. */
const float *faiss_more_vectors(const FaissIndexIVF *index, size_t list_no);
const int64_t *faiss_more_ids(const FaissIndexIVF *index, size_t list_no);

/* Frees the centroids that FAISS read; afterwards only searches with
 * preassigned lists work. */
void faiss_more_drop_centroids(FaissIndexIVF *index);

/* Makes room for so many vectors in each list of an index in memory, exactly.
 * 0, or an error as from the C API. */
int faiss_more_reserve(FaissIndexIVF *index, const size_t *sizes);

/* FAISS uses this thread only, when it is called from here. */
void faiss_more_stay_in_thread(void);

/* What went wrong last in this thread. */
const char *faiss_more_last_error(void);

#ifdef __cplusplus
}
#endif

#endif
