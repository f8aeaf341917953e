// The thread that reads HDF5 files of strangers, and is ended by whoever started it.
import { answerHdf5Tasks } from '#engine/loaders/hdf5-thread';

answerHdf5Tasks();
