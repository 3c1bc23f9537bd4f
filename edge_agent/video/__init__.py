"""Cameras and recordings in, decoded frames out.

The path of a picture: `rtsp`, `stream` or `recording` opens one connection and demuxes it; every packet gets its event
time from `clock` and goes into the pre-roll `ring`; `decoding` turns packets into clean, upright pictures, all of them
or keyframes only; `sampling` thins them to the analysis rate; `feed` keeps a camera connected and reports its state.
"""
